type Child = Node | string;

/**
 * An element with attributes and children. Text goes in as text: nothing of an image is ever read as markup.
 *
 * @param attributes by name; `false` leaves one out, `true` gives it without a value
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** A button that does something when it is pressed. */
export function button(
  label: string,
  press: () => void,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", press);
  return made;
}

/** A bar of two parts in percent of its whole: what lives, and what is waste. Only for the eye: the numbers stand beside it. */
export function bar(live: number, waste: number): HTMLElement {
  const parts = [element("span", { class: "live" }), element("span", { class: "waste" })];
  [live, waste].forEach((percent, i) => {
    (parts[i] as HTMLElement).style.width = `${percent}%`;
  });
  return element("span", { class: "bar", "aria-hidden": "true" }, ...parts);
}
