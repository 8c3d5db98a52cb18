import { addressOf, readSettings, type Settings } from "./settings.ts";

/** Holds the settings, tells who shows them, and keeps the address in step. */
export class SettingsStore {
  #settings: Settings;
  readonly #listeners: ((settings: Settings, before: Settings) => void)[] = [];

  constructor() {
    this.#settings = readSettings(location.hash);
    window.addEventListener("hashchange", () => this.#take(readSettings(location.hash)));
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Calls a listener at each change, after those that came before it. */
  subscribe(listener: (settings: Settings, before: Settings) => void): void {
    this.#listeners.push(listener);
  }

  change(changes: Partial<Settings>): void {
    const settings = { ...this.#settings, ...changes };
    const address = addressOf(settings);
    // A zoom is a step that the reader's Back button undoes; the other choices are not.
    const isStep = settings.path !== this.#settings.path;
    if (address !== location.hash) history[isStep ? "pushState" : "replaceState"](null, "", address);
    this.#take(settings);
  }

  #take(settings: Settings): void {
    const before = this.#settings;
    if (addressOf(before) === addressOf(settings)) return;
    this.#settings = settings;
    for (const listener of this.#listeners) listener(settings, before);
  }
}
