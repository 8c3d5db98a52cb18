import { ImgweighError, messageOf } from "../errors.ts";

/** What is to be said of a Dockerfile or configuration that cannot be read. */
export function inputUnreadable(path: string, cause: unknown): ImgweighError {
  return new ImgweighError("INPUT_UNREADABLE", `cannot read ${path}: ${messageOf(cause)}`, {
    details: { path },
    cause,
  });
}
