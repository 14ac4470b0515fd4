//! `ehub completions`.

use crate::shell::Shell;

#[test]
fn every_shell_gets_a_script_that_knows_the_verbs() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Shell::new().run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("sign-in-link") && script.contains("whitespace"), "{shell}");
    }
}
