import { createContext, useContext } from "react";
import type { Live, Sheet, Studio } from "../studio";
import type { Desk } from "./desk";
import { useStore } from "./store";

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error("useStudio is used outside of StudioContext");
  return studio;
}

/** What renders now. */
export const deviceOf = ({ local, status }: Live): string =>
  local.name === "ready" ? `This browser (${local.device})` : (status?.device ?? "");

export const useDesk = <S>(select: (desk: Desk) => S): S => useStore(useStudio().desk, select);
export const useSheet = <S>(select: (sheet: Sheet) => S): S => useStore(useStudio().sheet, select);
export const useLive = <S>(select: (live: Live) => S): S => useStore(useStudio().live, select);
