/** Both digests, and that they agree in Node and in Chromium. */
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as WebDigest from "../../../src/adapters/shared/WebDigest.ts"
import { digestContract } from "../../ports/Digest.contract.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

runContract(digestContract, "NodeDigest", NodeDigest.layer)
runContract(digestContract, "WebDigest", WebDigest.layer)
runContractInChromium(digestContract, "WebDigest", new URL("./digest.page.ts", import.meta.url))
