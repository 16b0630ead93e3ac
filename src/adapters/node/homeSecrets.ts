/** What holds secrets on a person's machine: commands of a sandbox see these folders and files empty. */

/** Folders under the home directory. */
export const secretFolders: ReadonlyArray<string> = [
  ...[".ssh", ".aws", ".gnupg", ".azure", ".oci", ".docker", ".kube", ".password-store", ".vault", ".terraform.d"],
  ...[".config/gh", ".config/hub", ".config/gcloud", ".config/doctl", ".config/helm", ".config/op", ".config/sops"],
  ...[".config/rclone", ".config/github-copilot", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware"],
  ...[".config/Signal", ".config/Slack", ".config/1Password", ".mozilla", ".thunderbird", ".local/share/keyrings"],
  ...[".local/share/kwalletd", ".local/share/opencode", ".claude", ".codex", ".gemini", ".code-mesh"],
  ...["Library/Keychains", "Library/Cookies", "Library/Application Support/Google/Chrome"]
]

/** Files under the home directory. */
export const secretFiles: ReadonlyArray<string> = [
  ...[".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc", ".git-credentials", ".config/git/credentials"],
  ...[".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml"],
  ...[".gradle/gradle.properties", ".composer/auth.json", ".config/composer/auth.json", ".nuget/NuGet/NuGet.Config"],
  ...[".pgpass", ".my.cnf", ".mylogin.cnf", ".s3cfg", ".boto", ".vault-token", ".terraformrc", ".claude.json"],
  ...[".bash_history", ".zsh_history", ".psql_history", ".mysql_history", ".node_repl_history", ".python_history"],
  ...[".env", ".Xauthority", ".ICEauthority"]
]

/** Files and folders of the system that only its administrator reads: they matter where that is who we are. */
export const secretPlaces: ReadonlyArray<string> = [
  ...["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d"],
  ...["/etc/ssl/private", "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"],
  ...["/etc/wireguard", "/etc/NetworkManager/system-connections", "/etc/krb5.keytab", "/var/lib/docker", "/var/backups"]
]
