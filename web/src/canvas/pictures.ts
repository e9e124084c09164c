/** The pictures of image layers, decoded. What no layer names any longer is let go. */

import type { LayerImage } from "../doc/document";

export interface PicturesWorld {
  image(sha256: string): LayerImage | null;
  /** One was decoded. */
  changed(): void;
}

export class Pictures {
  private readonly known = new Map<string, ImageBitmap | "decoding" | "broken">();

  constructor(private readonly world: PicturesWorld) {}

  /** Null while it is being decoded, has not come from whoever shares the document, or cannot be read. */
  readonly get = (sha256: string): ImageBitmap | null => {
    const known = this.known.get(sha256);
    if (known !== undefined) return typeof known === "string" ? null : known;
    const image = this.world.image(sha256);
    if (image === null) return null;
    this.known.set(sha256, "decoding");
    createImageBitmap(new Blob([image.bytes.slice()], { type: image.mime })).then(
      (bitmap) => {
        this.known.set(sha256, bitmap);
        this.world.changed();
      },
      () => this.known.set(sha256, "broken"),
    );
    return null;
  };

  keepOnly(wanted: ReadonlySet<string>): void {
    for (const [sha256, picture] of this.known) {
      if (wanted.has(sha256) || picture === "decoding") continue;
      if (picture !== "broken") picture.close();
      this.known.delete(sha256);
    }
  }
}
