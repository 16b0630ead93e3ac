/** code-mesh everywhere: the one door, what it speaks of, what it needs, and a world in memory to run it in. */
import { HeadlessLive, type HeadlessOptions } from "./HeadlessLive.ts"
import { type Mesh, meshOver } from "./Mesh.ts"

export { Script, ScriptedRequests, ScriptedTurn } from "../adapters/memory/ScriptedModel.ts"
export { CodeMesh, type CodeMeshOptions, type Ports } from "../domain/CodeMesh.ts"
export type { AuthEntry } from "../domain/model/AuthEntry.ts"
export { Question, Seen, Todo, ToolSpec } from "../domain/model/Call.ts"
export { Blob, Change, ChangeKind, Conflict, invert } from "../domain/model/Change.ts"
export { Command, NewSession, TurnOptions } from "../domain/model/Command.ts"
export { Config, ProviderConfig } from "../domain/model/Config.ts"
export {
  ApplyMode,
  Envelope,
  Event,
  EventJson,
  eventVersion,
  Fact,
  type FactOf,
  Failure
} from "../domain/model/Event.ts"
export { Footprint } from "../domain/model/Footprint.ts"
export { CallId, SessionId } from "../domain/model/Ids.ts"
export { canonical, Json, JsonObject } from "../domain/model/Json.ts"
export { Limits } from "../domain/model/Limits.ts"
export {
  Message,
  Part,
  PromptPart,
  StopReason,
  ToolCallPart,
  ToolResultPart,
  Usage
} from "../domain/model/Message.ts"
export { Model, ModelName } from "../domain/model/Model.ts"
export { Progress } from "../domain/model/Progress.ts"
export { Decision, Reply, Rule, Verdict } from "../domain/model/Rule.ts"
export { formatLog, NotALog, parseLog } from "../domain/session/exported.ts"
export { portable, shell } from "../domain/tools/sets.ts"
export {
  type AnyTool,
  defineTool,
  type Outcome,
  type Prepared,
  ToolFailure,
  ToolRun
} from "../domain/tools/Tool.ts"
export { ConfigInvalid, ConfigSource, type RawLayer } from "../ports/ConfigSource.ts"
export { type Credential, type CredentialEndpoint, Credentials, CredentialsFailed } from "../ports/Credentials.ts"
export { Digest } from "../ports/Digest.ts"
export {
  EventStore,
  type Lease,
  SessionBusy,
  SessionMissing,
  type SessionRow,
  StaleVersion,
  StoreFailed
} from "../ports/EventStore.ts"
export { Host } from "../ports/Host.ts"
export {
  LanguageModel,
  ModelError,
  type ModelPart,
  type ModelRequest,
  type TokenUsage
} from "../ports/LanguageModel.ts"
export { BadPattern, type GrepLine, type GrepQuery, Search } from "../ports/Search.ts"
export { type Confinement, Shell, ShellFailed, type ShellRequest, type ShellResult } from "../ports/Shell.ts"
export { ShellGrammar } from "../ports/ShellGrammar.ts"
export { type DecodedText, type Encoding, TextCodec } from "../ports/TextCodec.ts"
export { Tokenizer } from "../ports/Tokenizer.ts"
export { type Copy, CopyFailed, type Merged, type Place, WorkingCopies } from "../ports/WorkingCopies.ts"
export { type Entry, FileError, type Located, type Stat, Workspace, type WorkspaceService } from "../ports/Workspace.ts"
export { HeadlessLive, type HeadlessOptions } from "./HeadlessLive.ts"
export {
  type Mesh,
  type MeshSession,
  meshOver,
  type PromptInput,
  type PromptOptions,
  type SessionOptions
} from "./Mesh.ts"
export type { Turn, TurnResult } from "./Turn.ts"

/** code-mesh over a world in memory, as promises; `meshOver` takes any other. */
export const createCodeMesh = (options: HeadlessOptions): Promise<Mesh> =>
  meshOver(HeadlessLive(options), options.root ?? "/project")
