/** How serious a line of a log is, as far as its text tells. */

export type Level = "error" | "warning" | "notice" | "info" | "debug" | "";

/** A letter for each, so that colour is never alone. */
export const LEVEL_MARKS: Readonly<Record<Level, string>> = {
  error: "E",
  warning: "W",
  notice: "N",
  info: "I",
  debug: "D",
  "": " ",
};

/** Characters of a line that are looked at: a level stands near its start. */
const LOOKED_AT = 240;

const WORDS: Readonly<Record<string, Level>> = {
  ...each("error", "emerg", "emergency", "panic", "alert", "crit", "critical", "fatal", "severe"),
  ...each("error", "err", "error", "fail", "failed", "failure"),
  ...each("warning", "warn", "warning"),
  ...each("notice", "notice"),
  ...each("info", "info", "information"),
  ...each("debug", "debug", "trace", "verbose", "fine", "dbg"),
};

/** Upper case alone is a level; in lower case it needs a frame, since prose has "error" too. */
const PATTERNS: readonly RegExp[] = [
  /^<(\d{1,3})>/, // a syslog priority, as the kernel prints it
  /\b(?:level|lvl|severity|loglevel)"?\s*[=:]\s*"?([a-z]+)/i,
  /\b(?:kern|user|mail|daemon|auth|authpriv|syslog|lpr|news|cron|ftp|local[0-7])\.([a-z]+)\b/,
  /[[<(]\s*([a-z]{3,11})\s*[\])>]/i,
  /\b(EMERG|EMERGENCY|PANIC|ALERT|CRIT|CRITICAL|FATAL|SEVERE|ERR|ERROR|FAIL|FAILED|WARN|WARNING|NOTICE|INFO|DEBUG|TRACE|VERBOSE)\b/,
  /(?:^|[\s:])(emerg|alert|crit|critical|fatal|panic|error|err|warn|warning|notice|info|debug|trace):/i,
];

/** "" when the line does not tell. */
export function levelOf(line: string): Level {
  const start = line.length > LOOKED_AT ? line.slice(0, LOOKED_AT) : line;
  for (const pattern of PATTERNS) {
    const word = pattern.exec(start)?.[1];
    if (word === undefined) continue;
    const level = /^\d/.test(word) ? ofPriority(Number(word)) : WORDS[word.toLowerCase()];
    if (level !== undefined) return level;
  }
  return "";
}

/** RFC 5424 §6.2.1: priority = facility × 8 + severity. */
function ofPriority(priority: number): Level {
  if (priority > 191) return "";
  const severity = priority % 8;
  if (severity <= 3) return "error";
  return (["warning", "notice", "info", "debug"] as const)[severity - 4] ?? "";
}

function each(level: Level, ...words: string[]): Record<string, Level> {
  return Object.fromEntries(words.map((word) => [word, level]));
}
