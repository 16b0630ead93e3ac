/** The program `code-mesh`. */
import { startIn } from "./startIn.ts"

startIn(process)
