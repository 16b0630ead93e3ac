/** The engine of this machine keeps the promises of its port. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "@effect/vitest"
import { layer } from "../../../../src/adapters/node/engine/EmbeddedEngine.ts"
import { taskEngineContract } from "../../../ports/TaskEngine.contract.ts"
import { runContract } from "../../../support/runContract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-engine-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const fresh = () => mkdtempSync(join(home, "engine-"))

runContract(taskEngineContract, "EmbeddedEngine", () => layer(fresh()))
