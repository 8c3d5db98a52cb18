const FIELDS = { Status: "install ok installed", Maintainer: "nobody <nobody@example.org>", Architecture: "amd64" };

/** A stanza as dpkg writes them. */
const stanza = (fields) =>
  Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}`)
    .join("\n");

/**
 * A dpkg database: its packages, each with the paths that it owns and the names of those that it depends on. The
 * entries of a layer that holds it.
 */
export function* debianDatabase(packages) {
  const stanzas = packages.map(({ name, depends = [] }) =>
    stanza({
      Package: name,
      ...FIELDS,
      "Installed-Size": 100,
      Version: "1.0-1",
      ...(depends.length === 0 ? {} : { Depends: depends.join(", ") }),
      Description: `package ${name}`,
    }),
  );
  yield { path: "var/lib/dpkg/status", text: `${stanzas.join("\n\n")}\n` };
  for (const { name, paths } of packages) {
    yield { path: `var/lib/dpkg/info/${name}.list`, text: `/.\n${paths.map((path) => `/${path}`).join("\n")}\n` };
  }
}
