/** What a server said, fit to be shown: its words alone, without credentials of registries and signed addresses. */
export function saying(text: string): string {
  return text
    .slice(0, 4000)
    .replace(/^\(HTTP code \d+\) [a-z ]* - /, "")
    .replace(/\/\/[^/\s@]+@/g, "//")
    .replace(/(?<=https?:\/\/[^\s"'?]{1,1000})\?[^\s"']*/g, "?…")
    .trim()
    .slice(0, 1000);
}
