import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { I18nProvider } from "@lingui/react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { AssetStore } from "./assets/store";
import { newId, openDocument } from "./doc/keep";
import { MomentStore } from "./history/store";
import { JobSources } from "./jobs/sources";
import { speak } from "./language/language";
import { Catalogue } from "./projects/catalogue";
import { ProjectsContext } from "./projects/context";
import { attach } from "./projects/page";
import { databaseOf, historyOf, roomDatabase } from "./projects/project";
import { NO_PROJECTS, Projects, type ProjectsNow, pickProject, takeNotes } from "./projects/projects";
import { channelOf, joinTabs } from "./projects/tabs";
import { addressed, projectHash, projectOf, takeRoom } from "./rooms/address";
import "./styles.css";
import { openStudio } from "./studio";
import { openDesk } from "./ui/desk";
import { Store } from "./ui/store";
import { wearTheme } from "./ui/theme";
import { takeToken } from "./wire/address";

/** From this width on there is room for the settings beside two large panes. */
const WIDE_PX = 1680;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const desk = openDesk(localStorage, window.innerWidth >= WIDE_PX, window);
wearTheme(desk);

const token = takeToken(location, history, sessionStorage);
const now_ms = Date.now;
const [catalogue] = await Promise.all([
  Catalogue.open(window.indexedDB, new BroadcastChannel("lightbrush-projects")),
  speak(desk),
]);
const asked = addressed(location);
const shared = asked.room === null ? null : projectOf(localStorage, asked.room);
const world = { storage: localStorage, newId, now_ms };
const picked =
  asked.room !== null && shared === null
    ? null
    : await pickProject(catalogue, shared ?? asked.project, world);
// A room is joined with its own document only.
const guest = asked.room !== null && (shared === null || picked?.id !== shared);
const project = guest ? null : (picked?.id ?? null);
const room = takeRoom(location, history, localStorage, project ?? "");
const owner = project ?? roomDatabase(asked.room ?? "");
const database = project === null ? owner : databaseOf(project);
const [{ doc, origin, saved }, assets, moments] = await Promise.all([
  openDocument(localStorage, database),
  AssetStore.open(window.indexedDB, catalogue, owner),
  MomentStore.open(window.indexedDB, historyOf(database), new BroadcastChannel(historyOf(database))),
]);
const kept = await moments.load(doc.restored());
const studio = openStudio(doc, desk, { assets, moments, kept, project }, token, room, guest);
const projects = new Projects({
  now: new Store<ProjectsNow>({ ...NO_PROJECTS, current: project, notes: takeNotes(sessionStorage) }),
  catalogue,
  assets,
  factory: window.indexedDB,
  channel: (name) => new BroadcastChannel(name),
  spare: () => new Set(new JobSources(localStorage).assets()),
  ...world,
  go: (id) => {
    location.hash = projectHash(id);
  },
});
attach(projects, studio, saved);
if (project !== null) {
  joinTabs(doc.y, new BroadcastChannel(channelOf(project)), origin, () => {
    studio.live.set({
      problem: {
        code: "project.missing",
        message: t`this project was deleted in another window`,
        value: "",
        fix: t`What is here is kept no longer: export it, or open another project.`,
      },
    });
  });
}
createRoot(root).render(
  <I18nProvider i18n={i18n}>
    <ProjectsContext value={projects}>
      <App studio={studio} />
    </ProjectsContext>
  </I18nProvider>,
);
studio.start();
// The address names the document: another project, or another room, is another page.
window.addEventListener("hashchange", () => location.reload());
