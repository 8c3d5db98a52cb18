import type { Analysis } from "@imgweigh/core";
import type { Host } from "../host.ts";
import { type OutputArguments, printText } from "./output-options.ts";

/** Prints an analysis as a page. What makes one is loaded here alone. @throws {UsageError} where the file cannot be written */
export async function printPage(analysis: Analysis, to: Pick<OutputArguments, "output">, host: Host): Promise<void> {
  const { renderPage } = await import("@imgweigh/page");
  await printText(await renderPage(analysis), to, host);
}
