/** Puts an element's text into the clipboard. A page from disk may not be let to; then the text is selected. @returns whether it was */
export async function copyText(from: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(from.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(from);
    return false;
  }
}
