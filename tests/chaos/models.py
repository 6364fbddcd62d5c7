"""The truth that clients have to see in the end."""

from django.db import models


class Job(models.Model):
    """A job that is done: a final on its board."""

    board = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    done_at = models.FloatField(help_text="Unix seconds.")
    announced = models.BooleanField(default=False, help_text="Whether the history is known to have it.")

    class Meta:
        unique_together = ("board", "number")

    def __str__(self) -> str:
        return f"{self.board} {self.number}"


class Gauge(models.Model):
    """A value that changes with each job: a keyed event."""

    board = models.CharField(max_length=64)
    name = models.CharField(max_length=16)
    value = models.PositiveIntegerField()

    class Meta:
        unique_together = ("board", "name")

    def __str__(self) -> str:
        return f"{self.board} {self.name} {self.value}"
