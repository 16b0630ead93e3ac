/** Tasks as fibers keep the promises of the port. */
import { layer } from "../../../src/adapters/shared/FiberEngine.ts"
import { taskEngineContract } from "../../ports/TaskEngine.contract.ts"
import { runContract } from "../../support/runContract.ts"

runContract(taskEngineContract, "FiberEngine", layer)
