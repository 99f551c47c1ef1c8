from typing import Any

from django.db import models

from mentions.integrations.django import MentionsValidator


class Profile(models.Model):
    name = models.CharField(max_length=100)
    presentation = models.TextField(blank=True, validators=[MentionsValidator()])

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_clean()
        super().save(*args, **kwargs)
