"""Journeys: conversations written as YAML and played through the whole house, with a clock that only the script moves.

reader (YAML → Journey)   player (Journey → transcript, verdict)   cast · theatre · chats   expectations
"""
