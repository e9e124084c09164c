/** The pictures of this browser, and where it is in a room, of the room. */

import type { AssetFile, AssetStore } from "../assets/store";
import type { Sharing } from "./sharing";

export const sharedStore = (store: AssetStore, sharing: Sharing) => ({
  async get(sha256: string): Promise<AssetFile | null> {
    const here = await store.get(sha256);
    if (here !== null) return here;
    const file = await sharing.asset(sha256);
    if (file !== null) await store.put(sha256, file);
    return file;
  },

  async put(sha256: string, file: AssetFile): Promise<void> {
    await store.put(sha256, file);
    void sharing.putAssets([sha256]);
  },
});
