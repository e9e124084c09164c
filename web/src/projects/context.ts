import { createContext, useContext } from "react";
import { useStore } from "../ui/store";
import type { Projects, ProjectsNow } from "./projects";

export const ProjectsContext = createContext<Projects | null>(null);

export function useProjects(): Projects {
  const projects = useContext(ProjectsContext);
  if (projects === null) throw new Error("no ProjectsContext");
  return projects;
}

export const useProjectsNow = <S>(select: (now: ProjectsNow) => S): S => useStore(useProjects().now, select);
