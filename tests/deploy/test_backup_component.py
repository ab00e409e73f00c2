"""Backups on Kubernetes: the server's log goes to the object store as it is written, its files each night, and both come
back to one moment, into a quarantine.
"""

from pathlib import PurePosixPath
from typing import Any

from crm_local.settings import SERVICES

from .manifests import environment, of_kind, pod, rendered, workloads

PLUGIN = "barman-cloud.cloudnative-pg.io"
SERVED = "production"


def cluster(overlay: str) -> Any:
    [found] = of_kind(overlay, "Cluster").values()
    return found["spec"]


def archive(overlay: str) -> Any:
    """What the cluster's plugin is told."""
    [plugin] = cluster(overlay)["plugins"]
    assert plugin["name"] == PLUGIN
    return plugin


def test_the_log_is_archived_within_a_minute_into_a_store_that_is_there() -> None:
    assert archive(SERVED)["isWALArchiver"] is True
    assert archive(SERVED)["parameters"]["barmanObjectName"] in of_kind(SERVED, "ObjectStore")
    assert cluster(SERVED)["postgresql"]["parameters"]["archive_timeout"] == "60s"


def test_the_files_are_backed_up_each_night_by_the_plugin_that_archives_the_log() -> None:
    [schedule] = of_kind(SERVED, "ScheduledBackup").values()
    spec = schedule["spec"]
    assert len(spec["schedule"].split()) == 6
    assert (spec["method"], spec["pluginConfiguration"]["name"]) == ("plugin", PLUGIN)
    assert spec["cluster"]["name"] in of_kind(SERVED, "Cluster")


def test_what_is_kept_is_encrypted_and_goes_after_five_weeks() -> None:
    [store] = of_kind(SERVED, "ObjectStore").values()
    spec = store["spec"]
    assert spec["retentionPolicy"] == "35d"
    assert {spec["configuration"][part]["encryption"] for part in ("wal", "data")} == {"AES256"}
    assert spec["configuration"]["endpointURL"].startswith("https://")
    keys = spec["configuration"]["s3Credentials"]
    assert {each["name"] for each in keys.values()} == {"backup-object-store"}
    assert "backup-object-store" not in of_kind(SERVED, "Secret")


def test_every_worker_notes_what_ended_for_good_outside_the_databases() -> None:
    for name in SERVICES:
        worker = workloads(SERVED)[f"{name}-worker"]
        ledger = PurePosixPath(environment(SERVED, worker)["CRM_LEDGER_DIR"])
        [mount] = [one for one in pod(worker)["containers"][0]["volumeMounts"] if one["name"] == "ledger"]
        assert ledger.is_relative_to(mount["mountPath"])
        assert not mount.get("readOnly")
        [volume] = [one for one in pod(worker)["volumes"] if one["name"] == "ledger"]
        claim = of_kind(SERVED, "PersistentVolumeClaim")[volume["persistentVolumeClaim"]["claimName"]]
        assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_a_recovered_server_reads_the_log_of_the_lost_one_and_writes_its_own_elsewhere() -> None:
    spec = cluster("recovery")
    assert spec["bootstrap"]["recovery"]["recoveryTarget"]["targetTime"]
    [lost] = spec["externalClusters"]
    assert lost["name"] == spec["bootstrap"]["recovery"]["source"]
    assert lost["plugin"]["parameters"]["serverName"] == "postgres"
    assert archive("recovery")["parameters"]["serverName"] != lost["plugin"]["parameters"]["serverName"]


def test_a_recovered_platform_is_in_quarantine_and_nobody_reaches_it_from_outside() -> None:
    for name in SERVICES:
        for part in ("api", "worker"):
            assert environment("recovery", workloads("recovery")[f"{name}-{part}"])["CRM_QUARANTINE"] == "on"
    assert not [each["kind"] for each in rendered("recovery") if each["kind"] in {"HTTPRoute", "Ingress"}]
