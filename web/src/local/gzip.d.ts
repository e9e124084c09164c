/** See `gzipped` in vite.config.ts. */
declare module "*?gzip" {
  const url: string;
  export default url;
}
