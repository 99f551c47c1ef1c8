"""The command line: what it reads, what it shows, and the exit status."""

import json
import os
import re
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import mentions
from mentions.cli.app import app
from mentions.cli.check import _for_people
from mentions.cli.terminal import Lang

REFUSAL = "Les bénéficiaires de la CMU ne sont pas acceptés au cabinet."
ACCEPTANCE = "CMU acceptés"
NEUTRAL = "Tiers payant pratiqué."
NO_SUBJECT = "Cabinet ouvert du lundi au vendredi."

pytestmark = pytest.mark.usefixtures("one_moderator")

RUN = [sys.executable, "-m", "mentions.cli"]


def run(*args: str, stdin: str | bytes | None = None) -> Result:
    # Older versions mix the two outputs unless told otherwise; newer ones cannot be told.
    apart: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    return CliRunner(**apart).invoke(app, args, input=stdin)


def process(*args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*RUN, *args], input=stdin, capture_output=True, env=os.environ | env, timeout=120, check=False
    )


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def raw(output: str) -> list[str]:
    """The characters of human output that must not reach a terminal."""
    return [c for c in output if c != "\n" and not c.isprintable()]


# -- what is shown


def test_a_refusal_is_shown_with_all_that_is_known_of_it() -> None:
    result = run("check", REFUSAL)
    mention = mentions.check(REFUSAL).mentions[0]
    assert result.exit_code == 1
    assert "1:1  refus explicite (E1)" in result.stdout
    assert f"« {REFUSAL} »" in result.stdout
    assert mention.reason("fr") in result.stdout
    assert all(paragraph in result.stdout for paragraph in mention.paragraphs)
    assert "À retirer" in result.stdout
    assert mention.rewording is not None
    assert f"Suggestion : {mention.rewording.offer}" in result.stdout
    assert "À la place" not in result.stdout
    assert result.stdout.endswith("Texte réécrit :\n    (vide)\n")
    assert result.stderr == ""


def test_an_acceptance_is_shown_with_its_rewording_and_the_rewritten_text() -> None:
    result = run("check", ACCEPTANCE)
    report = mentions.check(ACCEPTANCE)
    rewording = report.mentions[0].rewording
    assert rewording is not None
    assert result.exit_code == 1
    assert "apparemment neutre (S1)" in result.stdout
    assert f"À la place : {rewording.text}\n" in result.stdout
    assert "Suggestion" not in result.stdout
    assert result.stdout.endswith(f"Texte réécrit :\n    {report.rewrite()}\n")


def test_neutral_mentions_take_one_line_and_nothing_is_rewritten() -> None:
    result = run("check", NEUTRAL)
    assert result.exit_code == 0
    assert result.stdout == f"Texte : rien à redire.\n  1:1  neutre (N2) « {NEUTRAL} »\n"


def test_a_text_with_no_subject_takes_one_line() -> None:
    result = run("check", NO_SUBJECT)
    assert (result.exit_code, result.stdout) == (0, "Texte : rien à redire.\n")


def test_an_empty_argument_is_a_text_and_not_a_call_for_standard_input() -> None:
    result = run("check", "", stdin=REFUSAL)
    assert (result.exit_code, result.stdout) == (0, "Texte : rien à redire.\n")


def test_english() -> None:
    result = run("check", "--lang", "en", REFUSAL)
    assert "explicit refusal (E1)" in result.stdout
    assert mentions.check(REFUSAL).mentions[0].reason("en") in result.stdout
    assert "To be removed" in result.stdout
    assert "refus explicite" not in result.stdout


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_places_are_lines_and_columns_whatever_ends_the_lines(newline: str) -> None:
    text = newline.join(["Bonjour.", f"Été. {REFUSAL} Merci.", NEUTRAL])
    result = run("check", stdin=text.encode())
    assert "\n  2:6  refus explicite" in result.stdout
    assert f"\n    2 | Été. {REFUSAL} Merci.\n" in result.stdout
    assert "\n  3:1  neutre (N2)" in result.stdout
    assert not raw(result.stdout)


def test_a_line_that_is_all_mention_is_not_repeated() -> None:
    assert run("check", f"Bonjour.\n{REFUSAL}").stdout.count(REFUSAL) == 1


def test_long_lines_are_shortened_far_from_the_mention() -> None:
    filler = "Le cabinet se trouve en face de la gare. " * 100
    result = run("check", f"{filler}{REFUSAL} {filler}")
    numbered = next(line for line in result.stdout.splitlines() if line.startswith("    1 | "))
    assert numbered.startswith("    1 | …")
    assert numbered.endswith("…")
    assert REFUSAL in numbered
    assert len(numbered) < len(REFUSAL) + 150
    assert f"1:{len(filler) + 1}  refus explicite" in result.stdout


def test_a_mention_over_several_lines_keeps_them() -> None:
    text = "Bonjour. Les bénéficiaires de la CMU\r\nne sont pas acceptés ici. Merci."
    start, end = text.index("Les"), text.index(" Merci")
    mention = (
        mentions.check(REFUSAL).mentions[0].model_copy(update={"start": start, "end": end, "text": text[start:end]})
    )
    report = mentions.check(NO_SUBJECT).model_copy(
        update={"text": text, "category": mention.category, "mentions": (mention,)}
    )
    shown = "\n".join(_for_people(None, report, "Bonjour.\r\nMerci.", Lang.FR, lambda text, style: text))
    assert "\n  1:10-2:25  refus explicite (E1)\n" in shown
    assert "\n    1 | Bonjour. Les bénéficiaires de la CMU\n    2 | ne sont pas acceptés ici. Merci.\n" in shown
    assert "\n    « Les bénéficiaires de la CMU\n    ne sont pas acceptés ici. »\n" in shown
    assert shown.endswith("\n    Bonjour.\n    Merci.")


# -- what never reaches the terminal


@pytest.mark.parametrize(
    ("char", "written"),
    [
        ("\x1b", r"\x1b"),
        ("\x07", r"\x07"),
        ("\x9b", r"\x9b"),
        ("\t", r"\t"),
        ("\u202e", r"\u202e"),
        ("\u2066", r"\u2066"),
        ("\u200b", r"\u200b"),
        ("\ufeff", r"\ufeff"),
        ("\u2028", r"\u2028"),
        ("\xad", r"\xad"),
        ("\u3164", r"\u3164"),
        ("\ufe0f", r"\ufe0f"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_does_not_print_is_written_out(char: str, written: str) -> None:
    result = run("check", f"Bon{char}jour. {REFUSAL} Mer{char}ci.")
    assert result.exit_code == 1
    assert f"Bon{written}jour." in result.stdout
    assert f"Mer{written}ci." in result.stdout.split("Texte réécrit :")[1]
    assert char not in result.stdout
    assert not raw(result.stdout)


def test_letters_accents_and_no_break_spaces_stay() -> None:
    kept = "Le cabinet\xa0: 2\u202fe e\u0301tage, ☎ œuvre 日本."
    assert f"1 | {kept} CMU" in run("check", f"{kept} CMU acceptés").stdout


def test_file_names_are_written_out_too(tmp_path: Path) -> None:
    missing = str(tmp_path / "a\x1b[31m\u202e\nb")
    result = run("check", "-f", missing)
    assert result.exit_code == 2
    assert r"a\x1b[31m\u202e\nb" in result.stderr
    assert not raw(result.stderr)
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_the_name_of_a_file_that_was_read_is_written_out(tmp_path: Path) -> None:
    result = run("check", "-f", write(tmp_path, "a\x1b[31m\nb.txt", NO_SUBJECT))
    assert result.stdout == f"{tmp_path}{os.sep}a\\x1b[31m\\nb.txt : rien à redire.\n"


def test_a_text_taken_for_an_option_is_written_out_in_the_usage_error() -> None:
    result = run("check", "--\x1b[31mCMU\u202e acceptés")
    assert result.exit_code == 2
    assert r"--\x1b[31mCMU\u202e" in result.stderr
    assert "write -- before a text" in result.stderr
    assert not raw(result.stderr)
    assert run("check", "--", "- CMU acceptés").exit_code == 1


def test_a_terminal_that_is_not_utf_8_is_no_crash(tmp_path: Path) -> None:
    ascii_only = process("check", REFUSAL, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ascii_only.returncode == 1
    assert rb"pas accept\xe9s au cabinet" in ascii_only.stdout
    assert ascii_only.stderr == b""
    strict = process("check", "-f", str(tmp_path / "é"), PYTHONIOENCODING="ascii:strict", PYTHONUTF8="0")
    assert strict.returncode == 2
    assert rb"\xe9 : fichier introuvable" in strict.stderr


def on_a_terminal(**env: str) -> str:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a POSIX matter")
    ours, theirs = pty.openpty()
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    with subprocess.Popen([*RUN, "check", REFUSAL], stdout=theirs, env=base | env) as child:
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # Linux ends a pseudo-terminal whose other side is closed with an error
            pass
        child.wait(timeout=120)
    os.close(ours)
    return b"".join(parts).decode()


def test_colours_on_a_terminal() -> None:
    assert "\x1b[1;31mrefus explicite (E1)\x1b[0m" in on_a_terminal(TERM="xterm")


@pytest.mark.parametrize("env", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(env: dict[str, str]) -> None:
    shown = on_a_terminal(**env)
    assert "refus explicite (E1)" in shown
    assert "\x1b" not in shown


def test_no_colours_off_a_terminal() -> None:
    piped = process("check", REFUSAL, TERM="xterm", FORCE_COLOR="1")
    assert b"(E1)" in piped.stdout
    assert b"\x1b" not in piped.stdout


# -- what is read


@pytest.mark.parametrize("args", [("check",), ("check", "-")])
def test_standard_input(args: tuple[str, ...]) -> None:
    result = run(*args, stdin=f"{ACCEPTANCE}\n".encode())
    assert result.exit_code == 1
    assert f"« {ACCEPTANCE} »" in result.stdout


def test_files_are_named_in_their_order(tmp_path: Path) -> None:
    names = [
        write(tmp_path, "b.txt", REFUSAL),
        write(tmp_path, "a.txt", NO_SUBJECT),
        write(tmp_path, "c.txt", ACCEPTANCE),
    ]
    result = run("check", "-f", names[0], "--file", names[1], "-f", names[2])
    assert result.exit_code == 1
    headings = [line for line in result.stdout.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        f"{names[0]} : refus explicite",
        f"{names[1]} : rien à redire.",
        f"{names[2]} : apparemment neutre",
    ]


def test_clear_files_take_one_line_each(tmp_path: Path) -> None:
    name = write(tmp_path, "a.txt", NO_SUBJECT)
    assert run("check", "-f", name, "-f", name).stdout == f"{name} : rien à redire.\n" * 2


def test_an_unreadable_file_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    latin = write(tmp_path, "latin.txt", "Tiers payant pratiqué.".encode("latin-1"))
    refusal = write(tmp_path, "refusal.txt", REFUSAL)
    missing = str(tmp_path / "missing.txt")
    result = run("check", "-f", latin, "-f", missing, "-f", str(tmp_path), "-f", refusal)
    assert result.exit_code == 2
    not_utf8, absent, folder = result.stderr.splitlines()
    assert not_utf8.startswith(f"{latin} : l'octet 20 (0xE9")
    assert "en UTF-8" in not_utf8
    assert absent.startswith(f"{missing} : fichier introuvable")
    assert folder.startswith(f"{tmp_path} : c'est un dossier")
    assert f"{refusal} : refus explicite" in result.stdout


def test_messages_about_files_follow_the_language(tmp_path: Path) -> None:
    latin = write(tmp_path, "latin.txt", b"\xe9")
    assert run("check", "--lang", "en", "-f", latin).stderr.startswith(f"{latin}: byte 0 (0xE9")


def test_standard_input_that_is_not_utf_8() -> None:
    result = run("check", stdin=b"\xef\xbb\xbfcaf\xe9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("entrée standard : l'octet 6 (0xE9")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    name = write(tmp_path, "bom.txt", b"\xef\xbb\xbf" + REFUSAL.encode())
    assert json.loads(run("check", "--json", "-f", name).stdout)["text"] == REFUSAL


@pytest.mark.parametrize("text", [REFUSAL, "-"])
def test_a_text_and_files_together_are_misuse(tmp_path: Path, text: str) -> None:
    result = run("check", text, "-f", write(tmp_path, "a.txt", NO_SUBJECT))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not both" in result.stderr


@pytest.mark.parametrize(
    "args", [("check", "--lang", "de", "x"), ("check", "--jsom", "x"), ("check", "a", "b"), ("chek", "x"), ("--rules",)]
)
def test_misuse(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


# -- JSON


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (REFUSAL, 1),
        (ACCEPTANCE, 1),
        (NEUTRAL, 0),
        (NO_SUBJECT, 0),
        (f"\ud800 \x1b\u202e\n\u2028{ACCEPTANCE} \udcff", 1),
    ],
)
def test_json_brings_the_report_back(text: str, status: int) -> None:
    result = run("check", "--json", text)
    assert result.exit_code == status
    assert result.stdout.isascii()
    assert result.stdout.count("\n") == 1
    answer = json.loads(result.stdout)
    assert answer.pop("file") is None
    assert answer.pop("rewritten") == mentions.check(text).rewrite()
    assert mentions.Report.model_validate(answer).model_dump() == mentions.check(text).model_dump()


def test_json_lines_for_files_leave_out_only_the_unreadable(tmp_path: Path) -> None:
    texts = {"a.txt": f"Bonjour.\r\n{REFUSAL}\r\n", "b.txt": NO_SUBJECT}
    names = [write(tmp_path, name, text) for name, text in texts.items()]
    result = run("check", "--json", "-f", names[0], "-f", str(tmp_path / "none"), "-f", names[1])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 2
    assert [answer["file"] for answer in answers] == names
    assert [answer["text"] for answer in answers] == list(texts.values())


@pytest.mark.skipif(os.name == "nt", reason="Windows arguments are not bytes")
def test_an_argument_that_is_not_utf_8_is_still_a_text() -> None:
    done = subprocess.run(
        [*map(os.fsencode, RUN), b"check", b"--json", b"\xe9 " + ACCEPTANCE.encode()],
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["text"] == f"\udce9 {ACCEPTANCE}"


# -- rules


def test_rules_by_version_answer() -> None:
    answer = json.loads(run("check", "--json", "--rules", "2018-11", REFUSAL).stdout)
    assert answer["rules"]["version"] == "2018-11"


def own_rules(folder: Path, **files: str) -> str:
    (folder / "statements").mkdir()
    head = 'schema = 1\n[ruleset]\nversion = "2020-01"\ntitle = "t"\nsince = "2020-01-01"\nrests_on = ["s"]\n'
    write(folder, "ruleset.toml", head + 'extends = "2019-11"\n')
    for name, content in files.items():
        write(folder / "statements", f"{name}.toml", content)
    return str(folder)


def rule(pattern: str) -> str:
    return (
        'schema = 1\n[[rule]]\nid = "own"\nversion = 1\ncode = "N2"\nabout = "any"\nauthority = "inferred"\nrank = 0\n'
        f'source = ["s"]\nreason_fr = "r"\nreason_en = "r"\npatterns = ["{pattern}"]\nexamples = [{{ text = "t" }}]\n'
    )


def test_rules_from_a_folder_answer(tmp_path: Path) -> None:
    result = run("check", "--json", "--rules", own_rules(tmp_path), REFUSAL)
    assert json.loads(result.stdout)["rules"]["version"] == "2020-01"


def test_unknown_rules() -> None:
    result = run("check", "--rules", "1999-01\x1b", REFUSAL)
    assert (result.exit_code, result.stdout) == (2, "")
    assert r"1999-01\x1b: no such version or folder" in result.stderr
    assert "2018-11" in result.stderr
    assert not raw(result.stderr)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("schema = 1\n[[rule]\n", "own.toml: not TOML"),
        (rule("STATUS").replace("N2", "N9"), "rule own: field rule[0].code: 'N9' is not possible"),
        (rule("nosuchclass"), "rule own: pattern 'nosuchclass'"),
    ],
)
def test_malformed_rules_are_told_even_where_the_text_would_not_need_them(
    tmp_path: Path, content: str, fault: str
) -> None:
    result = run("check", "--rules", own_rules(tmp_path, own=content), NO_SUBJECT)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr


def test_a_path_to_rules_that_the_system_refuses() -> None:
    result = run("check", "--rules", "x" * 10_000, REFUSAL)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "fault in the rule files" in result.stderr


# -- the process


def test_version_and_subcommand_form() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"mentions {mentions.__version__}\n")
    assert re.search(r"^ +check +", run("--help").stdout, re.MULTILINE)
    assert run(REFUSAL).exit_code == 2


def test_the_process_reads_bytes_and_leaves_with_the_status() -> None:
    done = process("check", "--json", stdin=f"{REFUSAL}\r\n".encode())
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout)["text"] == f"{REFUSAL}\r\n"
    assert process("check", stdin=NO_SUBJECT.encode()).returncode == 0


@pytest.mark.parametrize(("text", "status"), [(REFUSAL, 1), (NO_SUBJECT, 0)])
def test_a_reader_that_leaves_is_no_error(text: str, status: int) -> None:
    with subprocess.Popen(
        [*RUN, "check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin and child.stdout and child.stderr
        child.stdout.close()
        child.stdin.write(text.encode())
        child.stdin.close()
        assert child.stderr.read() == b""
        assert child.wait(timeout=120) == status


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_told() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*RUN, "check", NO_SUBJECT], stdout=full, stderr=subprocess.PIPE, timeout=120, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"standard output: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="closes a stream by its POSIX number")
def test_a_closed_standard_input_is_unreadable() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *RUN, "check"], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert "entrée standard : lecture impossible".encode() in done.stderr


def test_without_typer_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['typer'] = None; from mentions.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert b'pip install "mentions[cli]"' in done.stderr


def test_a_text_with_no_subject_does_not_load_spacy() -> None:
    code = "import sys, mentions.cli as cli\ntry: cli.main()\nfinally: print('spacy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", NO_SUBJECT], capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, b"False")
