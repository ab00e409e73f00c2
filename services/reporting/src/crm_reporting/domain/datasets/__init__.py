"""What own reports can be made of, in the order of the customer's way."""

from crm_reporting.domain.datasets import care_datasets, sales_datasets
from crm_reporting.domain.datasets.dataset import AGGREGATES, COUNT, GRAINS, Dataset, DatasetField, Reference

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for module in (sales_datasets, care_datasets) for dataset in module.DATASETS
}

__all__ = ["AGGREGATES", "COUNT", "DATASETS", "GRAINS", "Dataset", "DatasetField", "Reference"]
