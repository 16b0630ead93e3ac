/** The store in memory. */
import * as MemoryEventStore from "../../../src/adapters/memory/MemoryEventStore.ts"
import { eventStoreContract } from "../../ports/EventStore.contract.ts"
import { runContract } from "../../support/runContract.ts"

runContract(eventStoreContract, "MemoryEventStore", MemoryEventStore.layer)
