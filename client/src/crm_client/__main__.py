"""The ``crm`` command. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 nobody answers, 130 interrupted."""

import os
import sys
from collections.abc import Sequence

import click

from crm_client.chinese import CHINESE
from crm_client.commands.account import login, logout, whoami
from crm_client.commands.api import api
from crm_client.commands.audit import audit
from crm_client.commands.dead_letters import dead_letters
from crm_client.commands.doctor import doctor
from crm_client.commands.events import events
from crm_client.commands.leads import leads
from crm_client.commands.operations import operations
from crm_client.commands.records import create, delete, do, get, list_, update
from crm_client.commands.trace import trace
from crm_client.errors import ClientError
from crm_client.language import LANGUAGES, SIMPLIFIED, choose_language
from crm_client.terminal import Terminal

_INTERRUPTED = 130


@click.group(help="Tributary from your terminal.", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", default="", help="Address of the server; CRM_URL or the one used last when absent.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of messages; the locale's when absent.")
@click.pass_obj
def crm(terminal: Terminal, url: str, language: str | None) -> None:  # noqa: ARG001  read before the command line is
    terminal.url = url


for command in (login, logout, whoami, get, list_, create, update, delete, do, leads, events, dead_letters):
    crm.add_command(command)
for command in (operations, audit, doctor, api, trace):
    crm.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = choose_language(words, os.environ)
    if language == SIMPLIFIED:
        speak_chinese(crm)
    terminal = Terminal(language)
    try:
        # Outside standalone mode click answers the code of an Exit instead of leaving.
        code = crm.main(words, prog_name="crm", standalone_mode=False, obj=terminal)
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except ClientError as error:
        terminal.fail(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head, has seen enough; nothing may be flushed into the closed pipe at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        terminal.close()
    return code if isinstance(code, int) else 0


def speak_chinese(command: click.Command) -> None:
    """Replaces the help texts of a command and all below it."""
    command.help = CHINESE.get(command.help or "", command.help)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.help = CHINESE.get(parameter.help or "", parameter.help)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            speak_chinese(inner)


if __name__ == "__main__":
    sys.exit(main())
