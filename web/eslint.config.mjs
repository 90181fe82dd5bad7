import globals from "globals";
import tseslint from "typescript-eslint";

/**
 * The import rule of the page: bridge ← terminal, ports, files ← device ← page, platform beside bridge.
 * @param {string} folder
 * @param {Record<string, string>} denied folder → reason
 * @param {string[]} allowed files in them all the same
 */
function folder(folder, denied, allowed = []) {
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: Object.entries(denied).map(([name, message]) => ({
            group: [`**/${name}/*`, `**/${name}/*/**`, ...allowed.map((file) => `!**/${file}`)],
            message,
          })),
        },
      ],
    },
  };
}

const upwards =
  "imports go from right to left only: bridge ← terminal, ports, files ← device ← page";
const filesUpwards =
  "imports go from right to left only: bridge ← files/disk ← files/transfers, files/view ← files/panel";
const filesDenied = {
  device: upwards,
  page: upwards,
  ports: "files knows no forwards",
  forward: "files knows no forwards",
};

export default tseslint.config(
  { ignores: ["node_modules/**", "dist/**"] },
  {
    files: ["**/*.ts", "**/*.mjs"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          "./tsconfig.json",
          "./tsconfig.worker.json",
          "./tsconfig.forward.json",
          "./tsconfig.node.json",
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          // The runner waits for its tests; awaiting them one by one would end it early.
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "describe", "it"], package: "node:test" },
          ],
        },
      ],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    // Messages and URLs of tests and measurements hold ports, times and patterns.
    files: ["e2e/**/*.ts", "bench/**/*.ts"],
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowNullish: true, allowRegExp: true },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      // Device bytes are text, never markup; and the policy forbids eval anyway.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "use Lit or text nodes" },
        { property: "outerHTML", message: "use Lit or text nodes" },
        { property: "insertAdjacentHTML", message: "use Lit or text nodes" },
      ],
      "no-eval": "error",
    },
  },
  folder("bridge", {
    terminal: upwards,
    files: upwards,
    device: upwards,
    page: upwards,
    platform: "platform is beside bridge",
  }),
  folder("platform", {
    terminal: upwards,
    device: upwards,
    page: upwards,
    bridge: "platform is beside bridge",
  }),
  folder("terminal", {
    device: upwards,
    page: upwards,
    platform: "the terminal knows no platform",
  }),
  folder(
    "ports",
    {
      terminal: "ports knows no terminal",
      device: upwards,
      page: upwards,
      forward: "only the protocol: the rest runs on the forward's origin",
    },
    ["forward/protocol.ts"],
  ),
  folder("files", filesDenied),
  folder("files/disk", {
    ...filesDenied,
    transfers: filesUpwards,
    view: filesUpwards,
    panel: filesUpwards,
  }),
  folder("files/transfers", { ...filesDenied, view: "beside", panel: filesUpwards }),
  folder("files/view", { ...filesDenied, transfers: "beside", panel: filesUpwards }),
  folder("device", {
    page: upwards,
    forward: "device speaks to ports, and ports to the forward's origin",
  }),
  folder("forward", {
    bridge: "the forward's origin knows its own protocol only",
    terminal: "the forward's origin knows no terminal",
    device: "the forward's origin knows no app",
    page: "the forward's origin knows no app",
    ports: "the forward's origin knows no app",
    platform: "the forward's origin knows no platform",
  }),
  {
    // An element may live in another window than the script (xterm.js's rule too).
    files: ["src/terminal/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["window", "document", "requestAnimationFrame", "ResizeObserver"].map((name) => ({
          name,
          message: "use the element's own document and window",
        })),
      ],
    },
  },
  {
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked], // plain JavaScript has no types to check
  },
  {
    files: [
      "test/**/*.ts",
      "e2e/**/*.ts",
      "bench/**/*.ts",
      "scripts/**/*.mjs",
      "*.mjs",
      "vite.config.ts",
    ],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
);
