import type { OnProgress, ProgressEvent } from "@imgweigh/core";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { Output } from "./host.ts";

const TERMINAL_INTERVAL_SECONDS = 0.1;
// A log gets a line only now and then, and none at all from what is quickly done.
const LOG_INTERVAL_SECONDS = 10;
const FIRST_AFTER_SECONDS = 1;

/** Progress on stderr: one line that changes on a terminal, a line now and then in a log. */
export interface Progress {
  readonly onProgress: OnProgress;
  /** Takes the changing line away. */
  finish(): void;
}

export const SILENT: Progress = { onProgress: () => {}, finish: () => {} };

export function showProgress(output: Output, program: string, clock: () => number): Progress {
  const terminal = output.isTTY === true;
  const interval = terminal ? TERMINAL_INTERVAL_SECONDS : LOG_INTERVAL_SECONDS;
  const began = clock();
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  let source = "";
  let layers = "";
  let doing = "reading";
  let firstRead = { at: 0, bytes: 0 };
  const write = (text: string): void => {
    output.write(text, () => {});
  };
  const clear = (): void => {
    if (shown) write("\r\u001b[2K");
    shown = false;
  };
  const note = (text: string): void => {
    clear();
    write(`${program}: ${escapeText(text)}\n`);
  };
  const status = (text: string): void => {
    const now = clock();
    if (now - began < FIRST_AFTER_SECONDS || now - last < interval) return;
    last = now;
    const line = `${program}: ${source}${text}${layers}`;
    if (terminal) {
      clear();
      write(line.slice(0, (output.columns ?? 80) - 1));
      shown = true;
    } else write(`${line}\n`);
  };
  return {
    onProgress(event) {
      if (event.type === "source" && event.note === null) source = `${escapeText(event.source)}: `;
      else if (event.type === "source") note(`${event.source} ${event.note}`);
      else if (event.type === "cache") note(`cache ${event.directory} ${event.note}`);
      else if (event.type === "layer") {
        const total = event.total === null ? "" : ` of ${event.total}`;
        layers = `, ${event.done}${total} layer${event.done === 1 && event.total === null ? "" : "s"} weighed`;
        status(doing);
      } else {
        if (event.type === "read" && event.bytes < firstRead.bytes) firstRead = { at: clock(), bytes: 0 };
        if (firstRead.bytes === 0) firstRead = { at: clock(), bytes: event.type === "read" ? event.bytes : 0 };
        const seconds = clock() - firstRead.at;
        const rate =
          event.type === "read" && seconds >= 1
            ? `, ${formatBytes(Math.round((event.bytes - firstRead.bytes) / seconds))}/s`
            : "";
        doing = sentence(event) + rate;
        status(doing);
      }
    },
    finish: clear,
  };
}

function sentence(event: Extract<ProgressEvent, { type: "pull" | "read" }>): string {
  if (event.type === "read") {
    return `reading ${formatBytes(event.bytes)}${event.totalBytes === null ? "" : ` of ${formatBytes(event.totalBytes)}`}`;
  }
  const { layer, status, currentBytes, totalBytes } = event;
  const bytes =
    currentBytes === null || totalBytes === null ? "" : ` ${formatBytes(currentBytes)} of ${formatBytes(totalBytes)}`;
  return escapeText(`pulling ${layer} ${status.toLowerCase()}${bytes}`);
}
