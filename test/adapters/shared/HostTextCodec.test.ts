/** The text codec over the host's coders, in Node and in Chromium. */
import * as HostTextCodec from "../../../src/adapters/shared/HostTextCodec.ts"
import { textCodecContract } from "../../ports/TextCodec.contract.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

runContract(textCodecContract, "HostTextCodec", HostTextCodec.layer)
runContractInChromium(textCodecContract, "HostTextCodec", new URL("./hostTextCodec.page.ts", import.meta.url))
