/** Keys in memory. */
import * as MemoryCredentials from "../../../src/adapters/memory/MemoryCredentials.ts"
import { contractEnv, credentialsContract } from "../../ports/Credentials.contract.ts"
import { runContract } from "../../support/runContract.ts"

runContract(credentialsContract, "MemoryCredentials", MemoryCredentials.layer({ env: contractEnv }))
