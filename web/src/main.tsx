import { createRoot } from "react-dom/client";
import { App } from "./App";
import { openDocument } from "./doc/keep";
import "./styles.css";
import { Studio } from "./studio";
import { openDesk } from "./ui/desk";
import { socketUrl, takeToken } from "./wire/address";

/** From this width on there is room for the settings beside two large panes. */
const WIDE_PX = 1680;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const token = takeToken(location, history, sessionStorage);
const doc = await openDocument(localStorage);
const studio = new Studio(doc, openDesk(localStorage, window.innerWidth >= WIDE_PX));
createRoot(root).render(<App studio={studio} />);
studio.start(socketUrl(location, token));
