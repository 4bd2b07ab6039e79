"""Schedules that people hand in: CSV, .xlsx or iCalendar, checked line by line."""

from floorwatch.ingest.schedule.read import ScheduleRead, read_schedule

__all__ = ["ScheduleRead", "read_schedule"]
