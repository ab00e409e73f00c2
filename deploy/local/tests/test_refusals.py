"""What stands in the way of a start is said plainly, with the variable to change."""

import os
import socket
from pathlib import Path

import pytest

from crm_local.lock import AlreadyRunningError, RunLock
from crm_local.ports import PortTakenError, check_ports
from crm_local.settings import SERVICES, Ports, SettingError, read_settings


def test_a_taken_port_names_its_holder_and_the_variable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError) as refusal:
            check_ports({"the gateway": ("127.0.0.1", port)}, 8000)
    assert f"port {port}, needed for the gateway, is taken by" in str(refusal.value)
    assert f"(process {os.getpid()})" in str(refusal.value)
    assert "CRM_PORT_BASE=9000 make run" in str(refusal.value)


def test_a_second_platform_in_the_same_folder_is_refused(tmp_path):
    first = RunLock(tmp_path)
    first.take("http://127.0.0.1:8080", 8000)
    with pytest.raises(AlreadyRunningError, match=rf"process {os.getpid()} at http://127\.0\.0\.1:8080"):
        RunLock(tmp_path).take()
    assert RunLock(tmp_path).holder().port_base == 8000


def test_a_lock_left_by_a_dead_process_is_free(tmp_path):
    (tmp_path / "lock").write_text('{"pid": 1, "url": "", "port_base": 8000}')
    assert RunLock(tmp_path).holder() is None


@pytest.mark.parametrize("base", ["", "eighty", "80", "70000"])
def test_a_port_base_that_cannot_work_is_refused_by_name(base):
    with pytest.raises(SettingError, match="CRM_PORT_BASE"):
        read_settings({"CRM_PORT_BASE": base})


def test_no_two_processes_share_a_port():
    ports = Ports(8000)
    used = [ports.gateway, ports.gateway_metrics, ports.postgres, ports.nats, ports.nats_monitor]
    used += [port(name) for name in SERVICES for port in (ports.service, ports.service_metrics)]
    assert len(set(used)) == len(used)


def test_the_data_folder_is_absolute_wherever_the_command_was_started():
    assert read_settings({"CRM_RUN_DIR": "here"}).run_dir == Path.cwd() / "here"
