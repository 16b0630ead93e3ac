/** What tests of and with code-mesh need: scripted models, worlds in memory, scenarios, random runs, and laws. */
export * as arbitraries from "../adapters/memory/arbitraries.ts"
export * as invariants from "../adapters/memory/invariants.ts"
export {
  type Answerer,
  layer as scriptedModel,
  layerFunction as scriptedModelOf,
  parseScript,
  Script,
  ScriptedRequests,
  ScriptedTurn
} from "../adapters/memory/ScriptedModel.ts"
export { HeadlessLive, type HeadlessOptions } from "./HeadlessLive.ts"
export { type Expected, type Played, play, type Scenario, type Step, scenario } from "./scenario.ts"
