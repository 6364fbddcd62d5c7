from django.db import migrations, models

COUNTS = {
    'opened': '',
    'closed': '',
    'failed': "Closed by neither side's wish.",
    'sent': 'Frames that left.',
    'acknowledged': 'Frames that clients said they have.',
    'cut_off': 'Frames of failed connections without that.',
    'delivered': 'Events in the frames that left.',
    'replays': 'Topics that a client went on with.',
    'snapshots': 'Topics that a client began with.',
    'gaps': 'Times that a history had more than had come.',
    'recovery_attempts': '',
    'recovery_successes': '',
    'recovery_failures': '',
}


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0003_recoveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='connectionrecord',
            name='frames_sent',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='connectionrecord',
            name='frames_acknowledged',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='connectionrecord',
            name='waiting',
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text='What it was owed and not sent.'
            ),
        ),
        migrations.AddField(
            model_name='connectionrecord',
            name='close_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=128),
        ),
        migrations.AddField(
            model_name='connectionrecord',
            name='details',
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='connectionrecord',
            index=models.Index(fields=['closed_at', 'close_code'], name='realtime_closed'),
        ),
        migrations.CreateModel(
            name='HealthSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taken_at', models.DateTimeField(unique=True)),
                ('span', models.PositiveIntegerField(help_text='Seconds.')),
                ('open', models.PositiveIntegerField(default=0)),
                ('stale', models.PositiveIntegerField(default=0)),
                ('poor', models.PositiveIntegerField(default=0, help_text='Open connections of poor quality.')),
                ('processes', models.PositiveIntegerField(default=0, help_text='Web processes that reported.')),
                ('latency_p50_ms', models.FloatField(blank=True, null=True)),
                ('latency_p95_ms', models.FloatField(blank=True, null=True)),
                (
                    'waiting',
                    models.PositiveIntegerField(default=0, help_text='What connections were owed and not sent.'),
                ),
                *((name, models.PositiveBigIntegerField(default=0, help_text=text)) for name, text in COUNTS.items()),
            ],
            options={
                'verbose_name': 'health sample',
                'verbose_name_plural': 'real-time health',
                'ordering': ['-taken_at'],
            },
        ),
    ]
