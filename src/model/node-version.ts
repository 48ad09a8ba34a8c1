/** The first release whose `node:sqlite` needs no flag (https://nodejs.org/docs/latest-v22.x/api/sqlite.html). */
const NEEDED = { major: 22, minor: 13 } as const;

/** What to tell the user of a Node that is too old. Undefined when `version` (`22.13.1`) is new enough. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) return undefined;
  return `nestjs-digest needs Node.js ${NEEDED.major}.${NEEDED.minor} or later (for node:sqlite), and this is ${version}`;
}

// Every entry point imports this file first, and nothing imports `node:sqlite` statically: an old Node would end with ERR_UNKNOWN_BUILTIN_MODULE.
const problem = nodeProblem(process.versions.node);
if (problem !== undefined) throw new Error(problem);
