// Known weaknesses of what users get, where the registry answers that question. No answer is no finding.
import { run } from "./project.mjs"

const { output } = run("npm", ["audit", "--omit=dev", "--json"], { quiet: true })
const read = () => {
  try {
    return JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1))
  } catch {
    return {}
  }
}

const { metadata, vulnerabilities } = read()
const total = metadata?.vulnerabilities?.total
if (typeof total !== "number") console.log("The registry did not answer the audit; nothing was checked.")
else if (total === 0) console.log("No known weakness.")
else {
  for (const { name, severity, range } of Object.values(vulnerabilities)) console.error(`${name} ${range}: ${severity}`)
  process.exit(1)
}
