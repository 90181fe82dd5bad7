/**
 * The device's own Content-Security-Policy, kept but for what cannot hold on the forward's
 * origin: our script may run, the page's own addresses are those of the forward, and who
 * may frame it is Porthole's decision.
 */

import { httpOrigin } from "./targets.ts";

/** What a policy is patched for. */
export interface CspOptions {
  /** Origin of the forward. */
  origin: string;
  /** The device's own origins, all lower case. */
  targets: readonly string[];
  /** Path of a script that the policy must let run; null where none is added. */
  script: string | null;
  /** Nonce of that script's tag: 'strict-dynamic' ignores paths. */
  nonce: string;
}

type Directive = [name: string, ...sources: string[]];

/** Reports go out past the service worker, to a host that is not the device's. */
const dropped: readonly string[] = ["frame-ancestors", "report-uri", "report-to"];
/** On an http origin these would send the page's own requests to https. */
const upgrades: readonly string[] = ["upgrade-insecure-requests", "block-all-mixed-content"];

/** Patches one header's value, which may hold several policies; "" when nothing is left of it. */
export function patchPolicy(value: string, options: CspOptions): string {
  return value
    .split(",")
    .map((policy) => patchOne(policy, options))
    .filter((policy) => policy !== "")
    .join(", ");
}

/** Who may frame a page of the forward: itself and the app's pages. */
export function frameAncestors(hosts: readonly string[]): string {
  return ["frame-ancestors", "'self'", ...hosts].join(" ");
}

function patchOne(policy: string, options: CspOptions): string {
  const insecure = options.origin.startsWith("http:");
  const directives = parse(policy)
    .filter(([name]) => !dropped.includes(name) && !(insecure && upgrades.includes(name)))
    .map(([name, ...sources]): Directive => [name, ...withOwnOrigin(sources, options)]);
  if (options.script !== null) {
    allowScript(directives, options.origin + options.script, options.nonce);
  }
  return directives.map((directive) => directive.join(" ")).join("; ");
}

/** Of directives of one name the first counts (CSP3 §2.2.1). */
function parse(policy: string): Directive[] {
  const seen = new Set<string>();
  return policy.split(";").flatMap((text): Directive[] => {
    const [name = "", ...sources] = text.trim().split(/\s+/);
    const lower = name.toLowerCase();
    if (lower === "" || seen.has(lower)) return [];
    seen.add(lower);
    return [[lower, ...sources]];
  });
}

/** The directive that decides for script elements, or, made of default-src, a new one. */
function allowScript(directives: Directive[], script: string, nonce: string): void {
  const named = (name: string): Directive | undefined => directives.find(([own]) => own === name);
  const own = named("script-src-elem") ?? named("script-src");
  if (own !== undefined) {
    own.splice(1, own.length, ...withScript(own.slice(1), script, nonce));
    return;
  }
  const [, ...fallback] = named("default-src") ?? [];
  if (named("default-src") !== undefined) {
    directives.push(["script-src", ...withScript(fallback, script, nonce)]);
  }
}

/** A nonce would switch 'unsafe-inline' off, so it is added only where paths do not count. */
function withScript(sources: string[], script: string, nonce: string): string[] {
  const kept = sources.filter((source) => source.toLowerCase() !== "'none'");
  const dynamic = kept.some((source) => source.toLowerCase() === "'strict-dynamic'");
  return [...kept, dynamic ? `'nonce-${nonce}'` : script];
}

/** Where a source is one of the device's own addresses, the forward's origin is one too. */
function withOwnOrigin(sources: string[], { origin, targets }: CspOptions): string[] {
  const added = sources.flatMap((source) => {
    const path = ownSource(source, targets);
    return path === null ? [] : [origin + path];
  });
  return added.length === 0 ? sources : [...sources, ...new Set(added)];
}

/** Path of a source expression that names one of the targets; null for any other. */
function ownSource(source: string, targets: readonly string[]): string | null {
  if (source.startsWith("'") || source.includes("*")) return null;
  for (const url of [
    source,
    ...targets.map((target) => `${target.split("//")[0] ?? ""}//${source}`),
  ]) {
    try {
      const parsed = new URL(url);
      if (targets.includes(httpOrigin(parsed))) {
        return parsed.pathname === "/" ? "" : parsed.pathname;
      }
    } catch {
      // a scheme alone, or a keyword of the future
    }
  }
  return null;
}
