// Who may know whom. Held by `npm run check` and by test/architecture.test.ts, which also plants a breach of each rule.
export const rooms = [
  ...["session", "permission", "staging", "config", "auth", "knowledge"],
  ...["code", "context", "tools", "agent", "planner", "mesh"]
]

const packages = ["npm", "npm-dev", "npm-peer", "npm-optional", "npm-no-pkg", "npm-unknown", "core"]

const layer = (name, from, local, comment) => [
  { name: `${name}-reach`, severity: "error", comment, from: { path: from }, to: { path: "^src/", pathNot: local } },
  {
    name: `${name}-packages`,
    severity: "error",
    comment: `${comment}; of packages only effect`,
    from: { path: from },
    to: { dependencyTypes: packages, pathNot: "node_modules/effect/" }
  }
]

const rightward = rooms.slice(0, -1).map((room, index) => ({
  name: `room-${room}`,
  severity: "error",
  comment: "a room knows only the rooms before it",
  from: { path: `^src/domain/${room}/` },
  to: { path: `^src/domain/((${rooms.slice(index + 1).join("|")})/|CodeMesh\\.ts)` }
}))

const portable =
  "^src/(adapters/(browser|shared|memory)/|programs/(index|browser|testing|BrowserLive|HeadlessLive|Mesh|Turn|scenario|scriptNamed|withScripts)\\.ts)"

/**
 * What programs may know of the domain beside the one door: the vocabulary, which tools a host offers, and pure
 * functions that a front end shows things with. Each is named here with its reason.
 */
const door = [
  "CodeMesh\\.ts",
  "model/",
  "tools/sets\\.ts",
  // The worlds choose their model adapters by the settings.
  "config/Settings\\.ts",
  // The types of a tool, which `./testing` and custom tools need.
  "tools/Tool\\.ts",
  // A change as a unified diff, for `diff` and for the question before applying.
  "staging/(diff|unified)\\.ts",
  // Which known word a mistyped one means, and which settings have no effect yet: what the CLI tells people.
  "config/(suggest|notYet)\\.ts",
  // A log as text: what is exported, and what a replay reads; the audit of a log.
  "session/(exported|audit)\\.ts",
  // A plan and what it came to, as lines and as a graph; and what a person's edits make of it.
  "planner/(planLines|planGraph|planMermaid|planSvg|editPlan)\\.ts",
  "mesh/planReport\\.ts",
  "session/evolvePlan\\.ts",
  // How the agent that asks names its own call: its session says what it asked before.
  "session/raisedCall\\.ts",
  // What names an account, what a person is told of an unofficial sign-in, what is taken over from another program.
  "auth/(accounts|unofficial|imported)\\.ts",
  // Which files hold keys: none of them is attached.
  "permission/protected\\.ts",
  // Whether a rule given by flag has the form of one; which rules of other programs mean the same here; how far one reaches.
  "permission/(match|translated|claudeRules|opencodeRules|covered)\\.ts"
]

export default {
  forbidden: [
    ...layer("model", "^src/domain/model/", "^src/domain/model/", "the vocabulary knows only itself"),
    ...layer("ports", "^src/ports/", "^src/(ports|domain/model)/", "ports speak the vocabulary"),
    ...layer("domain", "^src/domain/(?!model/)", "^src/(domain|ports)/", "the domain knows itself and its ports"),
    ...rightward,
    {
      name: "adapters-stay-apart",
      severity: "error",
      comment: "an adapter knows its own host and what all hosts share",
      from: { path: "^src/adapters/([^/]+)/" },
      to: { path: "^src/adapters/", pathNot: "^src/adapters/($1|shared)/" }
    },
    {
      name: "adapters-below-programs",
      severity: "error",
      comment: "programs choose adapters, never the other way round",
      from: { path: "^src/adapters/" },
      to: { path: "^src/programs/" }
    },
    {
      name: "adapters-know-no-service",
      severity: "error",
      comment: "adapters may use types and pure functions of the domain (lower-case files), not its services",
      from: { path: "^src/adapters/" },
      to: { path: "^src/domain/([A-Z]|(?!model/)[^/]+/[A-Z])", pathNot: "^src/domain/(tools/Tool|session/State)\\.ts$" }
    },
    {
      name: "browser-has-no-node",
      severity: "error",
      comment: "what runs in a browser imports nothing of Node",
      from: { path: portable },
      to: { dependencyTypes: ["core"] }
    },
    {
      name: "no-node-behind-browser",
      severity: "error",
      comment: "the portable entries never reach Node code, even indirectly",
      from: { path: "^src/programs/(index|browser|testing)\\.ts$" },
      to: { path: "^src/adapters/node/|@effect/platform-node", reachable: true }
    },
    {
      name: "one-door",
      severity: "error",
      comment: "programs know the domain by CodeMesh and the vocabulary",
      from: { path: "^src/programs/" },
      to: { path: "^src/domain/", pathNot: `^src/domain/(${door.join("|")})` }
    },
    {
      name: "lazy-only-outside",
      severity: "error",
      comment: "dynamic import belongs to the command tree and to adapters",
      from: { path: "^src/(domain|ports)/" },
      to: { dynamic: true }
    },
    {
      name: "cli-root-stays-light",
      severity: "error",
      comment: "--help must not load the world",
      from: { path: "^src/programs/cli/(main|root)\\.ts$" },
      to: {
        path: "^src/(adapters/|domain/(?!model/)|programs/(NodeLive|BrowserLive|tui|http|acp|mcp))",
        dynamic: false
      }
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "a cycle has no order to read it in; type-only ones count",
      from: { path: "^src/" },
      to: { circular: true }
    },
    {
      name: "no-barrel",
      severity: "error",
      comment: "import effect/Module, not effect: the barrel costs 60 ms",
      from: { path: "^src/" },
      to: { path: "node_modules/(effect|@effect/[^/]+)/dist/(esm|cjs|dts)/index\\." }
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "an import that nothing answers",
      from: { path: "^src/" },
      to: { couldNotResolve: true }
    },
    {
      name: "tests-are-leaves",
      severity: "error",
      comment: "what is shipped knows no test, bench or script",
      from: { path: "^src/" },
      to: { path: "^(test|bench|scripts)/" }
    }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] }
  }
}
