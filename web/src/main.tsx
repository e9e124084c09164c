import { createRoot } from "react-dom/client";
import { App } from "./App";
import { AssetStore } from "./assets/store";
import { DATABASE, openDocument, roomDatabase } from "./doc/keep";
import { MomentStore } from "./history/store";
import { isOwn, takeRoom } from "./rooms/address";
import "./styles.css";
import { openStudio } from "./studio";
import { openDesk } from "./ui/desk";
import { takeToken } from "./wire/address";

/** From this width on there is room for the settings beside two large panes. */
const WIDE_PX = 1680;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const token = takeToken(location, history, sessionStorage);
const room = takeRoom(location, history, localStorage);
const guest = room !== null && !isOwn(localStorage, room.id);
const database = guest ? roomDatabase(room.id) : DATABASE;
const [doc, assets, moments] = await Promise.all([
  openDocument(localStorage, database),
  AssetStore.open(window.indexedDB),
  MomentStore.open(window.indexedDB, `${database}-history`),
]);
const kept = await moments.load(doc.restored());
const desk = openDesk(localStorage, window.innerWidth >= WIDE_PX);
const studio = openStudio(doc, desk, { assets, moments, kept }, token, room, guest);
createRoot(root).render(<App studio={studio} />);
studio.start();
// The address names the document: another room is another page.
window.addEventListener("hashchange", () => location.reload());
