import { beforeAll, describe, expect, it } from "vitest";
import { loadShell } from "../../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell } from "../../../packages/core/src/dockerfile/shell-script.ts";
import { ANY_CHARACTER, ANY_TEXT } from "../../../packages/core/src/judge/touch/path-pattern.ts";
import { scriptTouches } from "../../../packages/core/src/judge/touch/script-touches.ts";

beforeAll(loadShell);

/** `read /a`, `remove /a/… tolerant`; `*` for any text, `…` for what is below. */
function touchesOf(script: string): { readonly told: readonly string[]; readonly unread: string | null } {
  const { touches, unread } = scriptTouches(parseShell(script), {
    directory: "/srv",
    home: "/root",
    variables: new Map<string, string | null>([
      ["SITE", "/srv/site"],
      ["TWO", "/a /b"],
      ["UNKNOWN", null],
    ]),
  });
  const told = touches.map(({ deed, path, reach, isTolerant }) => {
    const names = path.names.map((name) => name.replaceAll(ANY_TEXT, "*").replaceAll(ANY_CHARACTER, "?")).join("/");
    const end = path.open ? "**" : reach === "below" ? "/…" : reach === "names" ? "/*" : "";
    return `${deed} /${names}${end}${isTolerant ? " tolerant" : ""}`;
  });
  return { told, unread };
}

describe("what a script touches", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["cat /a", ["read /a"]],
    ["cat a", ["read /srv/a"]],
    ["cd /x && cat a", ["read /x", "read /x/a"]],
    ["(cd /x && cat a); cat b", ["read /x", "read /srv/a", "read /x/a", "read /srv/b", "read /x/b"]],
    ["command cd /x && cat a", ["read /x", "read /x/a"]],
    ['rm -rf "$SITE"/*', ["remove /srv/site/*/… tolerant"]],
    ["rm -rf site/*", ["remove /srv/site/*/… tolerant"]],
    ["rm -rf ~/.rc", ["remove /root/.rc/… tolerant"]],
    ["rm /x", ["remove /x"]],
    ["cat $TWO", ["read /a", "read /b"]],
    ['cat "$UNSET"/x', ["read /x"]],
    ["cat /a-$UNKNOWN", ["read /a-***"]],
    ["cat $(which x)", ["read /**"]],
    [`cat ${"$"}{X:-/y}`, ["read /y"]],
    ["X=/z; cat $X", ["read /z"]],
    ["for f in /a /b; do cat $f; done", ["read /**"]],
    ["cp -r a /b/", ["read /srv/a/…", "write /b", "write /b/a/…"]],
    ["mv * /bak/", ["read /srv/*/…", "remove /srv/*/…", "write /bak", "write /bak/*/…"]],
    ["chown -R app:app .", ["restat /srv/…"]],
    ["chmod +x /a", ["restat /a"]],
    ["mkdir -p /a", ["make /a tolerant"]],
    ["mkdir /a", ["make /a"]],
    ["sed -i s/a/b/ /a", ["read /a", "write /a"]],
    ["dd if=/a of=/b bs=1", ["read /a", "write /b"]],
    ["echo x > /a 2>/dev/null", ["write /a"]],
    ["echo x >> a", ["read /srv/a", "write /srv/a"]],
    ["wc -c < /a", ["read /a"]],
    ["tar xzf /t.tgz -C /opt", ["read /opt", "read /t.tgz", "write /opt/…"]],
    ["tar -xf t.tar", ["read /srv/t.tar", "write /srv/…"]],
    ["curl -fsSL https://x/y.tgz | tar xz -C /opt", ["read /opt", "write /opt/…"]],
    ["curl -fsSLo /tmp/y https://x/y", ["write /tmp/y"]],
    ["curl -O https://x/y.tgz", ["write /srv/y.tgz"]],
    ["wget -qO /tmp/y https://x/y", ["write /tmp/y"]],
    ["wget https://x/y.tgz", ["write /srv/y.tgz"]],
    ["unzip -q /a.zip -d /opt", ["read /a.zip", "write /opt/…"]],
    ["find / -xdev -name '*.md' -exec rm {} +", ["read /", "look //… tolerant", "remove //… tolerant"]],
    ["find . -name '*.pyc' -delete", ["read /srv", "look /srv/… tolerant", "remove /srv/… tolerant"]],
    ["[ -e /a ] || true", ["look /a"]],
    ["ls /a", ["read /a", "look /a/*"]],
    ["sh -c 'cat /a'", ["read /a"]],
    ["ln -s /a /b", ["make /b", "make /b/a"]],
    ["env A=1 cat /a", ["read /a"]],
    ["sudo -u x cat /a", ["read /a"]],
    [
      "pip install -r req.txt flask",
      ["read /srv/req.txt", "write /usr/…", "write /opt/…", "write /root/.local/…", "write /home/…"],
    ],
  ];
  it.each(rows)("%s", (script, told) => {
    expect(touchesOf(script)).toEqual({ told, unread: null });
  });

  it.each([
    ["./build.sh", "./build.sh"],
    ["make", "make"],
    ["pip install .", "pip"],
    ["python3 x.py", "python3"],
    ["sh x.sh", "sh x.sh"],
    ["git describe", "git"],
    ["$UNKNOWN x", "a program"],
    ["f() { rm -rf /x; }; f", "a function"],
    ["find /x -exec sh -c 'rm {}' ';'", "find"],
    ["if", "the script"],
  ])("cannot read %s", (script, unread) => {
    expect(touchesOf(script).unread).toBe(unread);
  });
});
