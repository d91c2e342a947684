import asyncio
from tests.conftest import SharedBroker
async def test_hold(broker: SharedBroker) -> None:
    print("HELD", flush=True)
    await asyncio.sleep(60)
