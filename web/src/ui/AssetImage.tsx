import { ImageOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useStudio } from "./context";

interface Props {
  readonly sha256: string;
  readonly className: string;
}

/** A picture kept in this browser, as decoration: what holds it says its name. */
export function AssetImage({ sha256, className }: Props) {
  const { assets } = useStudio();
  const [url, setUrl] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    setUrl(undefined);
    void assets.url(sha256).then((found) => current && setUrl(found));
    return () => {
      current = false;
    };
  }, [assets, sha256]);
  if (url === null)
    return (
      <span className={`grid place-items-center bg-veil/8 text-faint ${className}`}>
        <ImageOff size={15} aria-hidden />
      </span>
    );
  if (url === undefined) return <span className={`block bg-veil/8 ${className}`} />;
  return <img src={url} alt="" draggable={false} className={`block object-cover ${className}`} />;
}
