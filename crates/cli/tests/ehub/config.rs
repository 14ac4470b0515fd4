//! Flags before environment before file before defaults.

use crate::shell::Shell;

fn data(shell: &Shell, arguments: &[&str]) -> (String, String) {
    let arguments: Vec<_> = ["config", "show", "--format", "json"].iter().chain(arguments).copied().collect();
    let json = shell.run(&arguments).expect(0).json();
    let text = |key: &str| json["data"][key].as_str().expect("a text").to_owned();
    (text("value"), text("source"))
}

#[test]
fn the_nearest_source_decides_and_is_named() {
    let shell = Shell::new();
    let file = shell.file("ehub.toml", "data = \"/from/file\"\n");
    let with_file = ["--config", &file];
    assert_eq!(data(&shell, &with_file), ("/from/file".to_owned(), file.clone()));
    let default = shell.path(".local/share/enterprisehub/hub").display().to_string();
    assert_eq!(data(&shell, &[]), (default, "default".to_owned()));

    let shell = shell.with("EHUB_DATA", "/from/environment");
    assert_eq!(data(&shell, &with_file), ("/from/environment".to_owned(), "environment".to_owned()));
    let flag = ["--config", &file, "--data", "/from/flag"];
    assert_eq!(data(&shell, &flag), ("/from/flag".to_owned(), "flag".to_owned()));
}

#[test]
fn the_file_is_found_where_the_platform_keeps_it_or_where_the_environment_says() {
    let shell = Shell::new();
    std::fs::create_dir_all(shell.path("configuration/enterprisehub")).expect("writable");
    shell.file("configuration/enterprisehub/ehub.toml", "data = \"/found\"\n");
    let other = shell.file("other.toml", "data = \"/other\"\n");
    let shell = {
        let dir = shell.path("configuration");
        shell.with("XDG_CONFIG_HOME", dir.display())
    };
    assert_eq!(data(&shell, &[]).0, "/found");
    let shell = shell.with("EHUB_CONFIG", other);
    assert_eq!(data(&shell, &[]).0, "/other");
}

#[test]
fn an_unknown_key_is_an_error_that_names_it() {
    let shell = Shell::new();
    let file = shell.file("ehub.toml", "lisen = \"127.0.0.1:1\"\n");
    let refused = shell.run(&["config", "show", "--config", &file]).expect(1);
    assert!(refused.stderr.contains("lisen") && refused.stderr.contains("ehub.toml"), "{}", refused.stderr);
}

#[test]
fn a_password_in_the_database_url_is_not_shown() {
    let shell = Shell::new().with("EHUB_DATABASE_URL", "postgres://ehub:s3cret@db/hub");
    let shown = shell.run(&["config", "show"]).expect(0).stdout;
    assert!(shown.contains("postgres://ehub:***@db/hub") && !shown.contains("s3cret"), "{shown}");
}
