import { createRoot } from "react-dom/client";
import { App } from "./App";
import { AssetStore } from "./assets/store";
import { DATABASE, openDocument, roomDatabase } from "./doc/keep";
import { isOwn, takeRoom } from "./rooms/address";
import "./styles.css";
import { Studio } from "./studio";
import { openDesk } from "./ui/desk";
import { takeToken } from "./wire/address";

/** From this width on there is room for the settings beside two large panes. */
const WIDE_PX = 1680;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const token = takeToken(location, history, sessionStorage);
const room = takeRoom(location, history, localStorage);
const guest = room !== null && !isOwn(localStorage, room.id);
const [doc, store] = await Promise.all([
  openDocument(localStorage, guest ? roomDatabase(room.id) : DATABASE),
  AssetStore.open(window.indexedDB),
]);
const desk = openDesk(localStorage, window.innerWidth >= WIDE_PX);
const studio = new Studio(doc, desk, store, token, room, guest);
createRoot(root).render(<App studio={studio} />);
studio.start();
// The address names the document: another room is another page.
window.addEventListener("hashchange", () => location.reload());
