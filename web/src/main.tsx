import { createRoot } from "react-dom/client";
import { App } from "./App";
import { AssetStore } from "./assets/store";
import { openDocument } from "./doc/keep";
import "./styles.css";
import { Studio } from "./studio";
import { openDesk } from "./ui/desk";
import { takeToken } from "./wire/address";

/** From this width on there is room for the settings beside two large panes. */
const WIDE_PX = 1680;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const token = takeToken(location, history, sessionStorage);
const [doc, store] = await Promise.all([openDocument(localStorage), AssetStore.open(window.indexedDB)]);
const studio = new Studio(doc, openDesk(localStorage, window.innerWidth >= WIDE_PX), store, token);
createRoot(root).render(<App studio={studio} />);
studio.start();
