/** Which files are more than text, by example. */
import { assert, it } from "@effect/vitest"
import { isGuarded, isKeyFile } from "../../../src/domain/permission/protected.ts"

it("files that hold keys are known by name and folder, in any case", () => {
  const keys = [
    "/p/.env",
    "/p/.env.local",
    "/p/.ENV",
    "/p/.netrc",
    "/p/.npmrc",
    "/p/id_rsa",
    "/p/id_ed25519.bak",
    "/p/a.pem",
    "/p/tls.key",
    "/home/me/.aws/credentials",
    "/home/me/.ssh/known_hosts",
    "/home/me/.kube/config",
    "/home/me/.config/gh/hosts.yml",
    "/home/me/.config/gh",
    "/proc/self/environ",
    "/proc/1/task/1/environ",
    "/home/me/.local/share/code-mesh/auth.json",
    "credentials.json",
    "/p/.envrc",
    "/home/me/.pgpass",
    "/p/service-account-prod.json",
    "/p/AuthKey_1.p8",
    "/home/me/.cargo/credentials.toml"
  ]
  const others = [
    "/p/.env.example",
    "/p/.environment",
    "/p/env",
    "/p/id_rsa.pub",
    "/p/key.ts",
    "/p/keys/a.ts",
    "/p/auth.ts",
    "/p/.config/ghost",
    "/proc/cpuinfo",
    "/p/environ"
  ]
  assert.deepStrictEqual(
    keys.filter((path) => !isKeyFile(path)),
    []
  )
  assert.deepStrictEqual(others.filter(isKeyFile), [])
})

it("files that make programs run something are known by name and folder, in any case", () => {
  const guarded = [
    "/p/.git",
    "/p/.git/hooks/pre-commit",
    "/p/.GIT/config",
    "/p/sub/.git/config",
    "/p/.vscode/tasks.json",
    "/p/.claude/settings.json",
    "/p/.opencode/plugin/x.js",
    "/p/AGENTS.md",
    "/p/sub/agents.MD",
    "/p/opencode.json",
    "/home/me/.bashrc",
    ".gitmodules"
  ]
  const others = ["/p/.gitignore", "/p/.github/workflows/a.yml", "/p/git/a", "/p/README.md", "/p/.eslintrc.json", ""]
  assert.deepStrictEqual(
    guarded.filter((path) => !isGuarded(path)),
    []
  )
  assert.deepStrictEqual(others.filter(isGuarded), [])
})
