/** The owner of bytes that no package lists. */
export const UNOWNED = "[unowned]";
/** The owner of package managers' own databases. */
export const PACKAGE_STATE = "[package-state]";
