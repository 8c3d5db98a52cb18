/** `@imgweigh/page`: results of `@imgweigh/core` as one self-contained HTML file. */
export { renderPage } from "./render-page.ts";
