/** 0 pass · 1 a budget or rule failed · 2 usage or configuration · 3 the image could not be analysed · 130 interrupted. */
export const EXIT = { pass: 0, failed: 1, usage: 2, unanalysed: 3, interrupted: 130 } as const;
