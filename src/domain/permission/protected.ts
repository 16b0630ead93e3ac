/** Files that are more than text: secrets, and files that make other programs run something. */

const secretNames = [
  /^\.env(\..+)?$/,
  /^\.envrc$/,
  /^[._]netrc$/,
  /^\.npmrc$/,
  /^\.pypirc$/,
  /^\.git-credentials$/,
  /^\.(pgpass|my\.cnf|htpasswd|vault-token|terraformrc)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)(\..+)?$/,
  /\.(pem|key|p8|p12|pfx|ppk|jks|keystore|kdbx)$/,
  /^auth\.json$/,
  /^(application_default_)?credentials(\.(json|toml|csv|ya?ml))?$/,
  /^service[-_]?account.*\.json$/
]
const harmless = /(\.(example|sample|template|dist|pub))$/
const secretFolders = [".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure"]

const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Whether a file holds keys by its name or folder, in any case: not read without a rule that names it. */
export const isKeyFile = (real: string): boolean => {
  const path = real.toLowerCase()
  const name = last(path)
  if (path.split("/").some((part) => secretFolders.includes(part))) return true
  if (/\/\.config\/gh(\/|$)/.test(path) || /\/proc\/.+\/environ$/.test(path)) return true
  return secretNames.some((pattern) => pattern.test(name)) && !harmless.test(name)
}

/** Folders of a project that make its tools run something. The sandbox shows them read-only, also where they are missing. */
export const guardedFolders: ReadonlyArray<string> = [
  ".git",
  ".code-mesh",
  ".vscode",
  ".idea",
  ".husky",
  ".claude",
  ".codex",
  ".gemini",
  ".opencode",
  ".cursor",
  ".zed",
  ".devcontainer",
  ".githooks",
  ".windsurf",
  ".continue",
  ".clinerules"
]
/** Files of a project that make its tools run something: no command of a sandbox writes or makes them. */
export const guardedFiles: ReadonlyArray<string> = [
  "code-mesh.toml",
  "AGENTS.md",
  "CLAUDE.md",
  "GEMINI.md",
  "CLAUDE.local.md",
  "AGENTS.override.md",
  ".devcontainer.json",
  "opencode.json",
  "opencode.jsonc",
  ".mcp.json",
  ".gitmodules",
  ".gitconfig",
  ".envrc",
  ".bashrc",
  ".zshrc",
  ".profile",
  ".bash_profile",
  ".zprofile",
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pnpmfile.cjs",
  ".cursorrules",
  ".windsurfrules",
  ".pre-commit-config.yaml"
]

/** Whether writing a file changes what other programs run: asked for, whatever edits are allowed. */
export const isGuarded = (real: string): boolean => {
  const path = real.toLowerCase()
  if (path.split("/").some((part) => guardedFolders.includes(part))) return true
  return guardedFiles.some((file) => file.toLowerCase() === last(path))
}
