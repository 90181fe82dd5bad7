/** Which language a file is in, by its name or first line; each is loaded when it is needed. */

import type { Extension } from "@codemirror/state";

type Load = () => Promise<Extension>;

const LANGUAGES = {
  json: async () => (await import("@codemirror/lang-json")).json(),
  yaml: async () => (await import("@codemirror/lang-yaml")).yaml(),
  xml: async () => (await import("@codemirror/lang-xml")).xml(),
  python: async () => (await import("@codemirror/lang-python")).python(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript(),
  typescript: async () =>
    (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  css: async () => (await import("@codemirror/lang-css")).css(),
  html: async () => (await import("@codemirror/lang-html")).html(),
  markdown: async () => (await import("@codemirror/lang-markdown")).markdown(),
  shell: async () => stream((await import("@codemirror/legacy-modes/mode/shell")).shell),
  properties: async () =>
    stream((await import("@codemirror/legacy-modes/mode/properties")).properties),
  toml: async () => stream((await import("@codemirror/legacy-modes/mode/toml")).toml),
  c: async () => stream((await import("@codemirror/legacy-modes/mode/clike")).c),
  cpp: async () => stream((await import("@codemirror/legacy-modes/mode/clike")).cpp),
  nginx: async () => stream((await import("@codemirror/legacy-modes/mode/nginx")).nginx),
  diff: async () => stream((await import("@codemirror/legacy-modes/mode/diff")).diff),
  lua: async () => stream((await import("@codemirror/legacy-modes/mode/lua")).lua),
  go: async () => stream((await import("@codemirror/legacy-modes/mode/go")).go),
  dockerfile: async () =>
    stream((await import("@codemirror/legacy-modes/mode/dockerfile")).dockerFile),
} satisfies Record<string, Load>;

/** Name of a language. */
export type Language = keyof typeof LANGUAGES;

const BY_ENDING: Readonly<Record<string, Language>> = {
  ...each("json", "json", "jsonc", "geojson", "webmanifest"),
  ...each("yaml", "yaml", "yml"),
  ...each("xml", "xml", "xsd", "xsl", "svg", "plist", "rss"),
  ...each("python", "py", "pyw"),
  ...each("javascript", "js", "mjs", "cjs", "jsx"),
  ...each("typescript", "ts", "mts", "cts", "tsx"),
  ...each("css", "css"),
  ...each("html", "html", "htm", "xhtml"),
  ...each("markdown", "md", "markdown"),
  ...each("shell", "sh", "bash", "ash", "zsh", "ksh", "profile", "bashrc", "env"),
  ...each("toml", "toml"),
  ...each("c", "c", "h"),
  ...each("cpp", "cc", "cpp", "cxx", "hpp", "hh", "ino"),
  ...each("diff", "diff", "patch"),
  ...each("lua", "lua"),
  ...each("go", "go"),
  // systemd's units, and all that is "key = value"
  ...each("properties", "ini", "conf", "cfg", "cnf", "properties", "desktop", "service", "timer"),
  ...each("properties", "socket", "mount", "target", "network", "netdev", "link", "rules", "repo"),
};

const BY_NAME: Readonly<Record<string, Language>> = {
  ...each(
    "shell",
    "profile",
    "bashrc",
    ".profile",
    ".bashrc",
    ".ashrc",
    ".bash_profile",
    "rc.local",
  ),
  ...each("properties", "sshd_config", "ssh_config", "config", "fstab", "os-release", ".gitconfig"),
  "nginx.conf": "nginx",
  dockerfile: "dockerfile",
};

/** null: plain text. */
export function languageOf(path: string, firstLine: string): Language | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  // A copy is in the language of its original: "sshd_config.bak", "mosquitto.conf~".
  const bare = name.replace(/(?:~|\.(?:bak|orig|old|new|dpkg-dist|dpkg-old|rpmnew|rpmsave))$/, "");
  const byName = own(BY_NAME, bare) ?? own(BY_ENDING, bare.slice(bare.lastIndexOf(".") + 1));
  if (byName !== undefined && (bare.includes(".") || own(BY_NAME, bare) !== undefined)) {
    return byName;
  }
  if (/^#!.*\b(?:ba|da|a|z|k)?sh\b/.test(firstLine)) return "shell";
  if (/^#!.*\bpython/.test(firstLine)) return "python";
  if (/^#!.*\bnode\b/.test(firstLine)) return "javascript";
  if (/^#!.*\blua/.test(firstLine)) return "lua";
  if (/^<\?xml\b/.test(firstLine)) return "xml";
  if (/^\s*\[[\w .@-]+\]\s*$/.test(firstLine)) return "properties";
  return null;
}

/** Its syntax for the editor. */
export function loadLanguage(language: Language): Promise<Extension> {
  return LANGUAGES[language]();
}

async function stream(parser: unknown): Promise<Extension> {
  const { StreamLanguage } = await import("@codemirror/language");
  return StreamLanguage.define(parser as Parameters<typeof StreamLanguage.define>[0]);
}

function each(language: Language, ...names: string[]): Record<string, Language> {
  return Object.fromEntries(names.map((name) => [name, language]));
}

function own(table: Readonly<Record<string, Language>>, name: string): Language | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
