import type { Problem } from "./shots";

/** What an answer over HTTP that is not ok says. `otherwise` is said where it is no problem of ours. */
export async function refusalOf(answer: Response, otherwise: Omit<Problem, "value">): Promise<Problem> {
  const said: unknown = await answer.json().catch(() => null);
  const { code, message, value, fix } = (said ?? {}) as Partial<Record<keyof Problem, unknown>>;
  return {
    code: typeof code === "string" ? code : otherwise.code,
    message: typeof message === "string" ? message : `${otherwise.message} (${answer.status})`,
    value: typeof value === "string" ? value : "",
    fix: typeof fix === "string" ? fix : otherwise.fix,
  };
}
