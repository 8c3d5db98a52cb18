import type { FileView } from "../package-db.ts";
import { openSqlite, type SqliteRow } from "./sqlite.ts";
import type { Troubles } from "./troubles.ts";

/**
 * Why a package was installed, as the front end of rpm remembers it: dnf5's packages.toml, else dnf4's history
 * database, else yum's yumdb. rpm itself does not know.
 */
export type Reasons = ReadonlyMap<string, boolean>;

export const DNF5_PACKAGES = "usr/lib/sysimage/libdnf5/packages.toml";
export const DNF4_HISTORY = "var/lib/dnf/history.sqlite";
export const YUMDB = "var/lib/yum/yumdb/";

/** Whether packages, by `name.arch`, were asked for; absent where nobody wrote it down. Null where no front end keeps reasons. */
export function readReasons(view: FileView, troubles: Troubles): Reasons | null {
  const dnf5 = view.get(DNF5_PACKAGES);
  if (dnf5 !== undefined) return readPackagesToml(Buffer.from(dnf5.content).toString("utf8"));
  const history = view.get(DNF4_HISTORY);
  if (history !== undefined) {
    const wal = view.get(`${DNF4_HISTORY}-wal`)?.content ?? null;
    return readHistory(history.content, wal, (kind, detail) => troubles.add(DNF4_HISTORY, kind, detail));
  }
  return readYumdb(view);
}

/** `libdnf5/transaction/transaction_item_reason.cpp`. What another tool installed ("External User") was nobody's dependency. */
const DNF5_REASONS: ReadonlyMap<string, boolean> = new Map([
  ["dependency", false],
  ["weak dependency", false],
  ["user", true],
  ["group", true],
  ["external user", true],
]);

const MAX_LINE = 4096;

/** `"acl.x86_64" = {reason = "Dependency"}` under `[packages]`, or a table `[packages."acl.x86_64"]` of its own. */
function readPackagesToml(text: string): Reasons {
  const reasons = new Map<string, boolean>();
  let section = "";
  for (const line of text.split("\n")) {
    if (line.length > MAX_LINE) continue;
    const header = /^\[packages(?:\.["']?([^"'\]]+)["']?)?\]/.exec(line);
    if (line.startsWith("[")) section = header === null ? "" : (header[1] ?? "packages");
    const reason = /\breason ?= ?"([^"]*)"/.exec(line)?.[1];
    if (reason === undefined || section === "") continue;
    const inline = /^["']?([^"'={]+?)["']? ?= ?\{/.exec(line)?.[1];
    const explicit = DNF5_REASONS.get(reason.toLowerCase());
    if (explicit !== undefined) reasons.set(inline ?? section, explicit);
  }
  return reasons;
}

/** libdnf/transaction/Types.hpp: unknown 0, dependency 1, user 2, clean 3, weak dependency 4, group 5. */
const DNF4_REASONS: ReadonlyMap<number, boolean> = new Map([
  [1, false],
  [2, true],
  [3, false],
  [4, false],
  [5, true],
]);
/** Downgraded, obsoleted, upgraded, reinstalled: the side of the old package. */
const OLD_SIDE: ReadonlySet<number> = new Set([3, 5, 7, 10]);
const REMOVE = 8;
const DONE = 1;

/**
 * The newest word of a finished transaction on each package (libdnf 0.69 `RPMItem::resolveTransactionItemReason`);
 * columns as in libdnf/transaction/sql/create_tables.sql: later versions only append some.
 */
function readHistory(content: Uint8Array, wal: Uint8Array | null, report: (kind: string, detail?: string) => void) {
  const reasons = new Map<string, boolean>();
  const database = openSqlite(content, wal, report);
  const done = new Set(
    (database?.rows("trans") ?? []).filter(({ values }) => values[8] === DONE).map(({ rowid }) => rowid),
  );
  const names = new Map((database?.rows("rpm") ?? []).map(({ values }) => [values[0], `${values[1]}.${values[5]}`]));
  const newest = new Map<string, SqliteRow["values"]>();
  for (const { values } of database?.rows("trans_item") ?? []) {
    const [, transaction, item, , action] = values;
    const name = names.get(item ?? null);
    if (name === undefined || typeof transaction !== "number" || !done.has(transaction)) continue;
    if (OLD_SIDE.has(action as number) || Number(newest.get(name)?.[1] ?? -1) > transaction) continue;
    newest.set(name, values);
  }
  for (const [name, values] of newest) {
    const explicit = DNF4_REASONS.get(values[5] as number);
    if (values[4] !== REMOVE && explicit !== undefined) reasons.set(name, explicit);
  }
  return reasons;
}

/** `var/lib/yum/yumdb/<letter>/<package id>-<name>-<version>-<release>-<arch>/reason`, `user` or `dep` (yum 3, rpmsack.py). */
function readYumdb(view: FileView): Reasons | null {
  const reasons = new Map<string, boolean>();
  for (const { path, content } of view.files) {
    if (!path.startsWith(YUMDB) || !path.endsWith("/reason")) continue;
    const directory = path.slice(YUMDB.length).split("/")[1] ?? "";
    const parts = directory.split("-");
    const reason = Buffer.from(content).toString("latin1").trim();
    if (parts.length < 5 || (reason !== "user" && reason !== "dep")) continue;
    reasons.set(`${parts.slice(1, -3).join("-")}.${parts.at(-1)}`, reason === "user");
  }
  return reasons.size === 0 ? null : reasons;
}
